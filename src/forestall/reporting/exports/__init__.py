"""Results as files people use: a workbook, a GeoPackage and GeoJSON."""
