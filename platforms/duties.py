"""What a platform demands of copies, in words; what is done about it is in collectors/policies."""

from django.template.defaultfilters import pluralize

from platforms.terms import Duties

SENTENCES = {
    "recheck_hours": "What was not seen for {span} is asked for again; what {label} no longer "
    "shows is erased at once.",
    "erase_hours": "An account that is {states} is erased within {span}.",
    "refresh_or_delete_days": "What is not seen again for {span} is deleted.",
    "figures_days": "Figures that newer ones replaced are deleted after {span}.",
    "tombstone_days": "Ids and figures of what was erased are deleted after {span}.",
    "access_end_days": "All is deleted {span} after the credential is removed or refused.",
    "keep_days": "Nothing is kept for longer than {span} after it was published.",
    "history_days": "Whole months of figures are dropped after {span}.",
}


def in_words(duties: Duties, label: str) -> list[str]:
    """One sentence a rule, for people. `label`: of the platform."""
    states = _either(duties.gone_states)
    told = [
        sentence.format(span=_span(name, number), label=label, states=states)
        for name, sentence in SENTENCES.items()
        if (number := getattr(duties, name))
    ]
    return [*told, _lifted(duties)] if duties.lifted_by else told


def _lifted(duties: Duties) -> str:
    if not duties.agreed:
        return f"Whoever runs this installation may keep more with {duties.lifted_by}."
    count = len(duties.agreed)
    whom = "all accounts" if "*" in duties.agreed else _counted(count, "account")
    return f"For {whom} more is kept, with {duties.lifted_by}."


def _span(name: str, number: int) -> str:
    """Hours that make whole days are told as days."""
    if name.endswith("_hours") and number % 24:
        return _counted(number, "hour")
    return _counted(number // 24 if name.endswith("_hours") else number, "day")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{pluralize(count)}"


def _either(words: tuple[str, ...]) -> str:
    told = ["not found" if word == "unknown" else word for word in words]
    return " or ".join(filter(None, [", ".join(told[:-1]), *told[-1:]]))
