"""Institutions whose logs lie in memory, and verdicts on what they say: from fixed seeds, the same bytes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from node.formats.sign_proof import sign_proof
from protocol.documents.dated_excerpt import DatedExcerpt, standing_known
from protocol.documents.excerpt import Excerpt, ExcerptEntry, ExcerptIndex, WrittenExcerpt
from protocol.documents.presentation import Presentation
from protocol.documents.proved_excerpt import verify_excerpt
from protocol.documents.receipt import Receipt
from protocol.documents.verdict import (
    CONTEXT,
    TYPES,
    AwardTold,
    ChainTold,
    InstitutionTold,
    IssuerTold,
    LogTold,
    StandingTold,
    Subject,
    TrustsTold,
    TrustTold,
    Verdict,
)
from protocol.documents.verdict_asked import (
    AchievementAsked,
    AskedTold,
    BodyAsked,
    CredentialAsked,
    DatesAsked,
)
from protocol.documents.verdict_content import blocked_by, institution_told
from protocol.documents.verdict_openings import decisions_told, status_told
from protocol.documents.verdict_times import TimeTold, verify_times
from protocol.encoding.did_web import did_web, web_method
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.multibase import multikey
from protocol.encoding.note import Note
from protocol.encoding.wire import b64url
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead, sign_index
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.trie import Present, Trie, leaves_value
from protocol.recognition.entry import from_json, parse_entry, render
from protocol.recognition.follow import AwardEntry
from protocol.recognition.published import achievement_terms
from protocol.recognition.question import AskedAchievement
from protocol.recognition.rules_asked import ending_terms, question_terms
from protocol.recognition.sealed import (
    DecisionStatement,
    StatusStatement,
    award_key,
    award_tag,
    chain_tag,
    decisions_key,
    opening_key,
    seal_award,
    seal_link,
    status_key,
    status_key_id,
)
from protocol.recognition.standing import Link
from protocol.recognition.terms import Term, keys_of, term_key
from protocol.verify.verdict_question import achievement_shown, question_of
from tests.node.formats.documents import FULL
from tests.support.examples import FILE_HASH, RECOGNITION, STANDING, a_proof, sealed_entry, seed
from tests.support.statements import a_rule, an_institution

NOW = 1_790_000_100
"""When everything was cosigned."""
MADE, ENDS = "2026-09-21T14:16:00Z", "2026-09-22T12:00:00Z"
ASKED_AT = NOW + 600
COSIGNERS = [Signer(f"partner.{name}.example", seed(name), COSIGNATURE) for name in ("one", "two", "three")]


@dataclass(slots=True)
class Institution:
    """An institution with its log."""

    host: str
    entries: list[bytes] = field(default_factory=list)
    cosigned: int = NOW
    cosigners: int = 2
    """How many cosign its checkpoint."""
    indexers: int = 2
    """How many cosign its index note."""
    left_out: tuple[int, ...] = ()
    """Leaves that its index hides: nobody else can have recomputed that."""
    assertion_seed: str = ""
    """What its assertion key is made from, where that isn't its own."""

    @property
    def origin(self) -> str:
        """Its log's name."""
        return f"ledger.{self.host}.example/nostra"

    @property
    def signer(self) -> Signer:
        """Its log's key."""
        return Signer(self.origin, seed(f"log {self.host}"))

    @property
    def assertion(self) -> Signer:
        """The key by which it signs verdicts."""
        return Signer(f"{self.origin}/assertion", seed(f"assertion {self.assertion_seed or self.host}"))

    def publish(self, **value: Any) -> int:
        """Log a clear entry and return its leaf index."""
        self.entries.append(render(from_json({"v": 1, "version": 1} | value)))
        return len(self.entries) - 1

    def introduce(self) -> None:
        """Log who it is, with its assertion key."""
        key = multikey(self.assertion.verifier.public_key)
        name = f"{self.host.capitalize()} University"
        keys = [{"key": key, "from": "2026-01-01"}]
        self.publish(**an_institution(name, self.host, id="us", assertionKeys=keys))

    def excerpt(self, terms: Iterable[Term]) -> Excerpt:
        """Return what its log and index show."""
        stand: dict[bytes, list[int]] = {}
        for leaf, entry in enumerate(self.entries):
            for key in keys_of(entry, origin=self.origin) if leaf not in self.left_out else ():
                stand.setdefault(key, []).append(leaf)
        trie = Trie.of((key, leaves_value(tuple(found))) for key, found in stand.items())
        answers = []
        for key in sorted({term_key(term) for term in terms}):
            proof = trie.prove(key)
            answers.append(IndexAnswer(key, tuple(stand[key]) if isinstance(proof, Present) else (), proof))
        shown = sorted({leaf for answer in answers for leaf in answer.leaves})
        root = root_of([leaf_hash(entry) for entry in self.entries])
        size = len(self.entries)
        note = sign_checkpoint(Checkpoint(self.origin, size, root), self.signer)
        head = IndexHead(self.origin, size, root, trie.root)
        return Excerpt(
            checkpoint=self._cosigned(note, self.cosigners),
            entries=tuple(
                ExcerptEntry(leaf=leaf, entry=self.entries[leaf], hashes=a_proof(self.entries, leaf, note).hashes)
                for leaf in shown
            ),
            index=ExcerptIndex(
                note=self._cosigned(sign_index(head, self.signer), self.indexers),
                trie_root=trie.root,
                answers=tuple(answers),
            ),
        )

    def _cosigned(self, data: bytes, by: int) -> bytes:
        note = Note.parse(data)
        return note.adding(cosign(note.text, one, self.cosigned) for one in COSIGNERS[:by]).render()


def policy_of(institutions: Iterable[Institution]) -> Policy:
    """Return the policy that believes these logs, and asks for two of three cosigners."""
    return Policy.parse(
        "".join(
            [
                *(f"log {one.signer.verifier.render()}\n" for one in institutions),
                *(f"witness partner-{at} {key.verifier.render()}\n" for at, key in enumerate(COSIGNERS)),
                "group partners 2 partner-0 partner-1 partner-2\nquorum partners\n",
            ]
        ).encode()
    )


@dataclass(slots=True)
class Consortium:
    """Institutions, the first of which awards and the second answers."""

    institutions: list[Institution]
    decided: dict[str, list[DecisionStatement]] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=list)
    award_leaf: int = -1

    @classmethod
    def of(cls, hosts: Sequence[str]) -> "Consortium":
        """Return a consortium: everybody introduces itself, the first publishes an achievement and awards it."""
        made = cls([Institution(host) for host in hosts])
        for one in made.institutions:
            one.introduce()
        first = made.institutions[0]
        body = an_institution("", first.host)["identifiers"][0]
        bodies = [{"name": {"en": f"{first.host.capitalize()} University"}, "country": "FI", "identifiers": [body]}]
        first.publish(**{**FULL, "kind": "achievement", "id": "wat-204", "code": "WAT-204", "awardingBodies": bodies})
        first.entries.append(sealed_entry(seal_award(STANDING, first.origin, FILE_HASH)))
        made.award_leaf = len(first.entries) - 1
        for one in made.institutions[1:]:
            subject = {"type": "achievements", "group": [{"body": body, "code": "WAT-204"}]}
            one.publish(**a_rule(subject=subject))
        return made

    @property
    def first(self) -> Institution:
        """The awarding institution."""
        return self.institutions[0]

    def status(self, status: str) -> None:
        """Let the awarding institution change the award's standing."""
        self.statuses.append(status)
        tag = award_tag(award_key(STANDING, self.first.origin), self.first.origin)
        key, number = status_key(STANDING, self.first.origin), len(self.statuses)
        said = StatusStatement(number, status, tag)
        self.first.entries.append(sealed_entry(seal_link(key, self.first.origin, said)))

    def decide(self, at: int, *said: Any) -> None:
        """Let an institution decide on the credential: act, outcome, purpose, replaces."""
        one = self.institutions[at]
        chain = self.decided.setdefault(one.origin, [])
        chain.append(DecisionStatement(len(chain) + 1, *said))
        one.entries.append(sealed_entry(seal_link(decisions_key(RECOGNITION, one.origin), one.origin, chain[-1])))

    def presentation(self) -> Presentation:
        """Return what the learner shows: the award, its standing, all decisions."""
        first = self.first
        entry = first.entries[self.award_leaf]
        note = first.excerpt([]).checkpoint
        receipt = Receipt(
            origin=first.origin,
            entry=entry,
            log_proof=a_proof(first.entries, self.award_leaf, note),
            standing=STANDING,
            recognition=RECOGNITION,
            file_name="credential.json",
            file_hash=FILE_HASH,
        )
        return Presentation.of(receipt, decisions=[one.origin for one in self.institutions])

    def policy(self) -> Policy:
        """Return the policy of a relying party that knows them all."""
        return policy_of(self.institutions)


def terms_for(one: Institution, consortium: Consortium, asked: AskedTold, achievement: AskedAchievement) -> list[Term]:
    """Return every term that a verdict on this question asks of a log."""
    question = question_of(asked, (achievement,))
    terms = [("institution",), ("succession",), *question_terms(question)]
    terms += achievement_terms(achievement.identities, achievement.code) if one is consortium.first else []
    for entry in (parse_entry(data) for data in one.entries):
        if entry.kind == "rule":
            terms += ending_terms(entry)
    key = decisions_key(RECOGNITION, one.origin)
    numbers = range(1, len(consortium.decided.get(one.origin, ())) + 2)
    tags = [chain_tag(key, one.origin, number) for number in numbers]
    if one is consortium.first:
        tags.append(award_tag(award_key(STANDING, one.origin), one.origin))
        follows = status_key(STANDING, one.origin)
        tags += [chain_tag(follows, one.origin, number) for number in range(1, len(consortium.statuses) + 2)]
    return terms + [("tag", b64url(tag)) for tag in tags]


def the_question(consortium: Consortium) -> tuple[AskedTold, AskedAchievement]:
    """Return the question on the credential, and its achievement with all identities of its body."""
    first = consortium.first
    named = ("schac", f"{first.host}.example")
    asked = AskedTold(
        dates=DatesAsked(at="2026-09-21", award="2026-06-01"),
        purpose="credit",
        achievements=(
            AchievementAsked(
                bodies=(BodyAsked(named=(named,), origin=first.origin),), code="WAT-204", awarded="2026-06-01"
            ),
        ),
        credential=CredentialAsked(file=b64url(FILE_HASH)),
    )
    introduced, published = parse_entry(first.entries[0]), parse_entry(first.entries[1])
    identities = frozenset([named, *introduced.identities()])
    return asked, AskedAchievement(
        identities=identities, code="WAT-204", awarded="2026-06-01", versions=frozenset({1}), entry=published
    )


def make_subject(
    consortium: Consortium,
    excerpts: Mapping[str, Excerpt],
    policy: Policy,
    *,
    dates: Mapping[str, str] | None = None,
    times: Mapping[str, tuple[TimeTold, ...]] | None = None,
) -> Subject:
    """Return what a node says that answers from these excerpts.

    Args:
        consortium: Whose logs they are.
        excerpts: By origin.
        policy: By which the node reads.
        dates: Other dates of the question than the usual ones.
        times: When entries were logged, by origin.
    """
    asked, _ = the_question(consortium)
    asked = msgspec.structs.replace(asked, dates=msgspec.structs.replace(asked.dates, **(dates or {})))
    times = times or {}
    looks_back = asked.dates.looks_back(MADE)
    dated = {}
    for origin, excerpt in excerpts.items():
        proved = verify_excerpt(excerpt, policy)
        found = verify_times(times.get(origin, ()), proved, policy)
        dated[origin] = DatedExcerpt(proved, asked.dates.known_at, found, looks_back)
    question = question_of(asked, tuple(achievement_shown(one, dated)[0] for one in asked.achievements))
    standing = _standing(consortium, dated[consortium.first.origin])
    trust = TrustTold(result="yes", why="its award binds this very file", source=consortium.first.origin)
    trusts = TrustsTold(authentic=trust, issuer=trust, quality=TrustTold(result="stated", why="it is stated"))
    blocked = blocked_by(trusts, standing)
    told: list[InstitutionTold] = []
    for one in dated.values():
        told.append(institution_told(one, question, [_chain(consortium, one)], blocked=blocked))
    return Subject(
        asked=asked,
        legal_effect="information",
        institutions=tuple(told),
        logs=tuple(
            LogTold(
                origin=origin,
                institution=origin,
                read="mirror",
                excerpt=msgspec.convert(excerpt.plain(), WrittenExcerpt),
                times=times.get(origin, ()),
            )
            for origin, excerpt in excerpts.items()
        ),
        trusts=trusts,
        standing=standing,
    )


def _standing(consortium: Consortium, dated: DatedExcerpt) -> StandingTold:
    first, key = consortium.first, status_key(STANDING, consortium.first.origin)
    tag = award_tag(award_key(STANDING, first.origin), first.origin)
    entry = AwardEntry(origin=first.origin, leaf=consortium.award_leaf, tag=tag, status_key_id=status_key_id(key))
    found = standing_known(dated, entry, key)
    opening = b64url(opening_key(award_key(STANDING, first.origin), 0))
    return StandingTold(
        standing=found.standing,
        why=found.why,
        origin=first.origin,
        award=AwardTold(leaf=consortium.award_leaf, key=opening, status_key_id=b64url(status_key_id(key))),
        links=tuple(status_told(key, link) for link in found.links),
    )


def _chain(consortium: Consortium, dated: DatedExcerpt) -> ChainTold:
    key = decisions_key(RECOGNITION, dated.origin)
    one = next(one for one in consortium.institutions if one.origin == dated.origin)
    links = []
    for said in consortium.decided.get(dated.origin, ()):
        leaf = one.entries.index(sealed_entry(seal_link(key, dated.origin, said)))
        if dated.then(leaf) != "not yet":
            links.append(Link(said.number, leaf, said))
    return decisions_told(key, links, {}, shown=True)


def make_verdict(consortium: Consortium, *, subject: Subject | None = None, signer: Institution | None = None) -> bytes:
    """Return the verdict of the second institution, signed."""
    answers = signer or consortium.institutions[1]
    subject = subject or make_subject(consortium, make_excerpts(consortium), consortium.policy())
    verdict = Verdict(
        context=CONTEXT,
        type=TYPES,
        issuer=IssuerTold(id=did_web(answers.origin), name=f"{answers.host.capitalize()} University"),
        valid_from=MADE,
        valid_until=ENDS,
        credential_subject=subject,
    )
    return signed(msgspec.to_builtins(verdict), answers)


def signed(value: dict[str, Any], by: Institution) -> bytes:
    """Return a verdict's value with the proof of an institution, written as JSON."""
    method = web_method(by.origin, by.assertion.verifier.public_key)
    bare = {name: member for name, member in value.items() if name != "proof"}
    return msgspec.json.encode(sign_proof(bare, by.assertion, created=MADE, verification_method=method))


def make_excerpts(consortium: Consortium) -> dict[str, Excerpt]:
    """Return what every log shows."""
    asked, achievement = the_question(consortium)
    return {one.origin: one.excerpt(terms_for(one, consortium, asked, achievement)) for one in consortium.institutions}
