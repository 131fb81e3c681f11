"""The words of the field as types: ids, closed sets, frame contracts. Knows no rule, no file, no database."""
