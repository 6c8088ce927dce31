"""Pictures of a scene: what is drawn again and again while it runs, and what stays at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from orchestrator.protocol.ledger import Participant, Round, compute_seconds
from orchestrator.protocol.types import Outcome, Phase
from orchestrator.terminal.scene import Row, Scene, count_faults, tell_deed, tell_faults, tell_role, tell_share

COLOURS = {Outcome.ACCEPTED: "green", Outcome.REJECTED: "red", Outcome.VOID: "yellow"}
WIDTHS = {"for": 5, "accuracy": 13, "s": 3}
"""Of columns whose values are wider than their names."""
SHOWN_ROUNDS = 5
"""Of a live view."""


def show_scene(scene: Scene, lines: list[str], *, rounds: int = SHOWN_ROUNDS) -> RenderableType:
    """The whole live view, with the last `rounds` that are settled; 80 columns are enough for it."""
    log = Text("\n".join(lines), style="dim", overflow="ellipsis", no_wrap=True)
    parts: list[RenderableType] = [_show_head(scene), "", show_nodes(scene), ""]
    if list_settled(scene):
        parts += [show_rounds(scene, last=rounds), ""]
    return Group(*parts, log)


def list_settled(scene: Scene) -> list[Round]:
    """The rounds that are decided or void."""
    return [round for round in scene.ledger.rounds.values() if round.settled_at is not None]


def _show_head(scene: Scene) -> RenderableType:
    view = scene.view
    title = Text.assemble(("Starling", "bold cyan"), f" · {scene.subject} · task {scene.task} · {scene.url}", no_wrap=True)
    if view.phase.is_over:
        where = Text("completed: waiting for the exit delay and the withdrawals", style="bold")
    else:
        where = Text.assemble((f"round {view.round}  {view.phase.name.lower()}", "bold"))
        where.append(f"  {view.decided} of {view.rounds} decided")
        if scene.seconds_left is not None:
            where.append(f"  {scene.seconds_left} s left at most")
    lines = [title, where]
    if view.phase in (Phase.TRAINING, Phase.COMMITTING, Phase.REVEALING, Phase.SETTLING):
        commits, reveals = f"{view.commits}/{view.voters}", f"{view.reveals}/{view.commits}"
        lines.append(Text(f"updates {len(view.updates)}/{view.proposers}  commitments {commits}  reveals {reveals}"))
    accuracy = tell_share(scene.get_accuracy(scene.ledger.global_model))
    lines.append(Text(f"pool {scene.tell_amount(view.pool)}  global model: {accuracy} right on the held-out test set"))
    return Group(*lines)


def _open_table(left: Mapping[str, int], right: Iterable[str], *, gap: int = 2) -> Table:
    """A table without lines: columns of words, each with its least width, then columns of numbers, which are never cut."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, gap, 0, 0))
    for name, width in left.items():
        table.add_column(name, no_wrap=True, min_width=width)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True, min_width=max(len(name), WIDTHS.get(name, 0)))
    return table


def show_nodes(scene: Scene) -> Table:
    """Who is what, does what, and has what."""
    left = {"node": 11, "role": 9, "done": 11, "doing": 11}
    table = _open_table(left, ("stake", "earned", "lost", "faults"))
    for row in scene.rows:
        participant = scene.ledger.participants.get(row.account) or Participant(row.account)
        amounts = (participant.stake, participant.earned, participant.slashed)
        role, deed = tell_role(scene, row.account), tell_deed(scene, row.account)
        faults = count_faults(scene.ledger, row.account).total()
        told = map(scene.tell_amount, amounts)
        table.add_row(_show_name(row), role, deed, _show_doing(row), *told, Text(str(faults or ""), style="red"))
    return table


def _show_name(row: Row) -> Text:
    return Text.assemble(row.name, (f" {row.mark}" if row.mark else "", "red"))


def _show_doing(row: Row) -> RenderableType:
    doing = row.doing
    if doing is None:
        return Text(row.remark, style="dim")
    if doing.fraction == 0:
        return Text(doing.work)
    grid = Table.grid(padding=(0, 1))
    grid.add_row(doing.work, ProgressBar(total=1.0, completed=doing.fraction, width=5))
    return grid


def show_rounds(scene: Scene, *, last: int | None = None) -> Table:
    """What each settled round decided; the `last` of them, or all."""
    table = _open_table({"round": 5, "outcome": 8}, ("for", "against", "turnout", "reward", "accuracy", "s"), gap=1)
    table.add_column("condemned", no_wrap=True, overflow="ellipsis")
    for round in list_settled(scene)[-last if last else None :]:
        table.add_row(*_tell_round(round, scene))
    return table


def _tell_round(round: Round, scene: Scene) -> list[RenderableType]:
    before, after = (tell_share(scene.get_accuracy(model)) for model in (round.model_before, round.model_after))
    amounts = (round.weight_for, round.weight_against, round.turnout, round.reward)
    return [
        str(round.number),
        Text(round.outcome.name.lower(), style=COLOURS.get(round.outcome, "")),
        *map(scene.tell_amount, amounts),
        f"{before.removesuffix(' %')} → {after}",
        str(sum(compute_seconds(round, scene.ledger.parameters).values())),
        Text(", ".join(map(scene.name, round.list_condemned())), style="red"),
    ]


def show_summary(scene: Scene, closing: str) -> RenderableType:
    """What came of it; `closing` is the last line."""
    table = _open_table({"node": 11, "account": 13}, ("staked", "lost", "earned", "withdrawn"))
    table.add_column("faults")
    for row in scene.rows:
        it = scene.ledger.participants.get(row.account) or Participant(row.account)
        amounts = (it.staked, it.slashed, it.earned, it.withdrawn + it.claimed)
        account, faults = f"{row.account[:6]}…{row.account[-4:]}", tell_faults(scene.ledger, row.account)
        table.add_row(_show_name(row), account, *map(scene.tell_amount, amounts), Text(faults, style="red"))
    gas = f"gas of all rounds: {sum(scene.gas.values()):,}"
    return Group("", show_rounds(scene), "", table, "", Text(gas), Text(closing))
