"""Words of support: how kinds and roles are written, and numbers in sentences."""


def word(text: str) -> str:
    """Bring words to the form in which kinds of side records and roles are written.

    >>> word("Designated safeguarding lead")
    'designated-safeguarding-lead'
    """
    return "-".join(text.casefold().replace("-", " ").replace("_", " ").split())


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number of things.

    >>> counted(1, "entry", "entries"), counted(1200, "pupil")
    ('1 entry', '1,200 pupils')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
