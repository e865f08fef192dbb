"""What came of such endings, threats and defeats before: rates and odds, with how many cases they rest on."""
