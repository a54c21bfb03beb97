"""Find the rules of one log that speak of what is asked; `protocol.recognition.rules_asked` says which those are."""

from node.recognition.logs.log_view import LogView
from protocol.recognition.question import Question
from protocol.recognition.rules_asked import FoundRule, Under, ending_terms, question_terms, rules_asked, speaking


async def find_rules(view: LogView, question: Question) -> list[FoundRule]:
    """Return the rules of a log on what is asked, in the log's order."""
    under: Under = {term: await view.under([term]) for term in question_terms(question)}
    speak = {rule.id: rule for _, rule, _ in speaking(question, under)}
    ending = {term: await view.under([term]) for rule in speak.values() for term in ending_terms(rule)}
    return rules_asked(question, {**under, **ending}, view.log.origin)
