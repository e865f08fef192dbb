"""The annex: the evidence behind the two pages, in short chapters, in the language of the pages."""
