"""What a chapter imports to teach: claims that check its sentences, and the look of its figures."""
