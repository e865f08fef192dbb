"""Trade in arms by UN Comtrade."""
