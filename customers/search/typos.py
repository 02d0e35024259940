"""Words that are one edit away: a letter more, less, another, or two exchanged."""

SHORTEST, LONGEST = 4, 24
# Up to here every edit is looked up; longer words by the half that is intact.
SHORT = 5


def forgivable(word: str) -> bool:
    """Whether a typo in the word is forgiven: numbers and short words are meant,
    and a word beyond all names is too costly."""
    return SHORTEST <= len(word) <= LONGEST and not any(map(str.isdigit, word))


def edits(word: str, any_letter: str) -> list[str]:
    """Every word one edit away, `any_letter` standing for one unknown letter."""
    places = range(len(word))
    other = {word[:at] + any_letter + word[at + 1 :] for at in places}
    less = {word[:at] + word[at + 1 :] for at in places}
    more = {word[:at] + any_letter + word[at:] for at in range(len(word) + 1)}
    return sorted(other | less | more | set(_exchanged(word)))


def candidates(word: str) -> list[str]:
    """LIKE patterns of which every text with a word one edit away fits one.

    One edit leaves the first or the second half of a word as it was, or exchanges the
    letters where they meet.
    """
    if len(word) <= SHORT:
        return [f"% {edit} %" for edit in edits(word, "_")]
    half = len(word) // 2
    meeting = _exchanged(word)[half - 1]
    return [f"% {word[:half]}%", f"%{word[half:]} %", f"% {meeting} %"]


def expression(word: str) -> str:
    """A regular expression for text with a word one edit away."""
    return f" ({'|'.join(edits(word, '.'))}) "


def _exchanged(word: str) -> list[str]:
    return [
        word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        for at in range(len(word) - 1)
    ]
