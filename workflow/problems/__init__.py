"""The case of a problem record: what every side answers, who rules, how a ruling is carried out and taken back."""
