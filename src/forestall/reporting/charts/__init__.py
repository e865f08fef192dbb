"""Charts laid by hand as inline SVG: they follow the page's colours, light or dark, and load nothing."""
