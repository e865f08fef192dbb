"""Internal displacement updates and yearly figures of IDMC."""
