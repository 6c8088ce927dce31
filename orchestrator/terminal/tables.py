"""Pictures of a scene: what is drawn again and again while it runs, and what stays at the end."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from orchestrator.protocol.ledger import Participant, Round, compute_seconds
from orchestrator.protocol.types import Outcome, Phase
from orchestrator.terminal.scene import Row, Scene, tell_deed, tell_role, tell_share

COLOURS = {Outcome.ACCEPTED: "green", Outcome.REJECTED: "red", Outcome.VOID: "yellow"}


def show_scene(scene: Scene, lines: list[str]) -> RenderableType:
    """The whole live view."""
    log = Text("\n".join(lines), style="dim", overflow="ellipsis", no_wrap=True)
    parts: list[RenderableType] = [_show_head(scene), "", show_nodes(scene), ""]
    if any(round.settled_at is not None for round in scene.ledger.rounds.values()):
        parts += [show_rounds(scene), ""]
    return Group(*parts, log)


def _show_head(scene: Scene) -> RenderableType:
    view = scene.view
    title = Text.assemble(("Starling", "bold cyan"), f" · {scene.subject} · task {scene.task} · {scene.url}", no_wrap=True)
    if view.phase.is_over:
        where = Text("completed: waiting for the exit delay and the withdrawals", style="bold")
    else:
        where = Text.assemble((f"round {min(view.round, view.rounds)}/{view.rounds}  {view.phase.name.lower()}", "bold"))
        if scene.seconds_left is not None:
            where.append(f"  {scene.seconds_left} s left at most")
    lines = [title, where]
    if view.phase in (Phase.TRAINING, Phase.COMMITTING, Phase.REVEALING, Phase.SETTLING):
        commits, reveals = f"{view.commits}/{view.voters}", f"{view.reveals}/{view.commits}"
        lines.append(Text(f"updates {len(view.updates)}/{view.proposers}  commitments {commits}  reveals {reveals}"))
    accuracy = tell_share(scene.get_accuracy(scene.ledger.global_model))
    lines.append(Text(f"pool {scene.tell_amount(view.pool)}  global model: {accuracy} right on the held-out test set"))
    return Group(*lines)


def show_nodes(scene: Scene) -> Table:
    """Who is what, does what, and has what."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for name, width in {"node": 16, "role": 9, "done": 9, "doing": 16}.items():
        table.add_column(name, no_wrap=True, min_width=width)
    for name in ("stake", "earned", "slashed"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in scene.rows:
        participant = scene.ledger.participants.get(row.account) or Participant(row.account)
        amounts = (participant.stake, participant.earned, participant.slashed)
        role, deed = tell_role(scene, row.account), tell_deed(scene, row.account)
        table.add_row(_show_name(row), role, deed, _show_doing(row), *map(scene.tell_amount, amounts))
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
    grid.add_row(doing.work, ProgressBar(total=1.0, completed=doing.fraction, width=10))
    return grid


def show_rounds(scene: Scene) -> Table:
    """What each settled round decided."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("round", "outcome"):
        table.add_column(name, no_wrap=True)
    for name in ("for", "against", "reward", "accuracy", "seconds", "gas"):
        table.add_column(name, justify="right", no_wrap=True)
    for round in scene.ledger.rounds.values():
        if round.settled_at is not None:
            table.add_row(*_tell_round(round, scene))
    return table


def _tell_round(round: Round, scene: Scene) -> list[RenderableType]:
    before, after = (tell_share(scene.get_accuracy(model)) for model in (round.model_before, round.model_after))
    seconds = sum(compute_seconds(round, scene.ledger.parameters).values())
    return [
        str(round.number),
        Text(round.outcome.name.lower(), style=COLOURS.get(round.outcome, "")),
        *map(scene.tell_amount, (round.weight_for, round.weight_against, round.reward)),
        f"{before} → {after}",
        str(seconds),
        f"{scene.gas.get(round.number, 0):,}",
    ]


def show_summary(scene: Scene, closing: str) -> RenderableType:
    """What came of it; `closing` is the last line."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("node", no_wrap=True)
    table.add_column("account", no_wrap=True)
    for name in ("staked", "slashed", "earned", "withdrawn"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in scene.rows:
        it = scene.ledger.participants.get(row.account) or Participant(row.account)
        amounts = (it.staked, it.slashed, it.earned, it.withdrawn + it.claimed)
        table.add_row(_show_name(row), f"{row.account[:6]}…{row.account[-4:]}", *map(scene.tell_amount, amounts))
    return Group("", show_rounds(scene), "", table, "", Text(closing))
