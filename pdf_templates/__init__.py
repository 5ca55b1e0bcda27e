"""Paper: the HTML and CSS that web prints on, the font it is printed with, and one example of each sheet's facts."""
