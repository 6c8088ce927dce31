#!/usr/bin/env python3
"""What a member costs in a round: ours, with contracts, stakes and votes, beside Flower's simulation engine without.

`.venv/bin/python scripts/benchmarks/flower.py` plays both, one after the other on the same machine, each in its own process.
Flower is installed in an environment of its own (.starling/flower), which the first run makes.

Both share the same data out to the same number of members, train the same network with the same hyper-parameters in as many
members a round, and let all others evaluate, for as many rounds. Ours evaluate the P + 2 models that a voter judges, Flower's
only the global model, because it has no verdicts; so Flower's members have less to do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOWER = ROOT / ".starling" / "flower"
PACKAGES = ("flwr[simulation]==1.42.0", "numpy==2.4.6", "scikit-learn==1.9.1", "torch==2.13.0")
CORES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--proposers", type=int, default=10)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--flower-here", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.flower_here:
        print(json.dumps(play_flower(chosen.members, chosen.rounds, chosen.proposers)))
        return
    install_flower()
    size = ["--members", str(chosen.members), "--rounds", str(chosen.rounds)]
    report = ROOT / "build" / "flower-ours.json"
    proposers = ["--proposers", str(chosen.proposers)]
    ours = ["simulate", str(write_scenario(chosen)), "--report", str(report), "--jobs", "1"]
    seconds = {"ours": measure([str(ROOT / ".venv" / "bin" / "starling"), *ours])}
    flower = measure([str(FLOWER / "bin" / "python"), __file__, "--flower-here", *size, *proposers])
    seconds["flower"] = flower
    member_rounds = chosen.members * chosen.rounds
    told = {
        "members": chosen.members, "rounds": chosen.rounds, "proposers": chosen.proposers,
        **{f"{name}_seconds": round(value, 2) for name, value in seconds.items()},
        **{f"{name}_ms_per_member_round": round(1000 * value / member_rounds, 2) for name, value in seconds.items()},
        "ours_over_flower": round(seconds["ours"] / seconds["flower"], 3),
        "our_accuracy": json.loads(report.read_text())["accuracy"],
    }  # fmt: skip
    print(json.dumps(told, indent=1))
    if chosen.report:
        chosen.report.write_text(json.dumps(told, indent=1) + "\n")


def measure(command: list[str]) -> float:
    """Seconds from start to end, with all that starting takes."""
    started = time.monotonic()
    subprocess.run(command, check=True, cwd=ROOT)
    return time.monotonic() - started


def write_scenario(chosen: argparse.Namespace) -> Path:
    path = ROOT / "build" / "flower-ours.toml"
    path.write_text(
        f'recipe = "digits"\nmembers = {chosen.members}\nrounds = {chosen.rounds}\nproposers = {chosen.proposers}\n'
        "samples_each = 60\n"
    )
    return path


def install_flower() -> None:
    """Once."""
    if not (FLOWER / "bin" / "flwr").exists():
        subprocess.run([sys.executable, "-m", "venv", str(FLOWER)], check=True)
        subprocess.run([str(FLOWER / "bin" / "pip"), "install", "--quiet", *PACKAGES], check=True)


# ── in Flower's own environment ──


def play_flower(members: int, rounds: int, trained: int) -> dict[str, float]:
    """As the simulation engine is used: a ClientApp a member, Ray below, FedAvg above."""
    import flwr
    import numpy as np
    import torch
    from flwr.client import ClientApp, NumPyClient
    from flwr.common import Context, ndarrays_to_parameters
    from flwr.server import ServerApp, ServerAppComponents, ServerConfig
    from flwr.server.strategy import FedAvg
    from flwr.simulation import run_simulation
    from sklearn.datasets import load_digits

    torch.set_num_threads(1)
    values, labels = load_digits(return_X_y=True)
    inputs, wanted = torch.tensor(values / 16, dtype=torch.float32), torch.tensor(labels)

    def make_model() -> torch.nn.Module:
        return torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))

    class Member(NumPyClient):
        def __init__(self, number: int) -> None:
            chosen = np.random.default_rng(number).choice(len(labels), 60, replace=False)
            self.training, self.test = chosen[12:], chosen[:12]
            self.model = make_model()

        def load(self, parameters: list[np.ndarray]) -> None:
            names = self.model.state_dict().keys()
            self.model.load_state_dict({name: torch.tensor(one) for name, one in zip(names, parameters, strict=True)})

        def fit(self, parameters, config):  # type: ignore[no-untyped-def]
            self.load(parameters)
            optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
            for _ in range(5):
                for batch in torch.split(torch.tensor(np.random.permutation(self.training)), 16):
                    optimizer.zero_grad()
                    torch.nn.functional.cross_entropy(self.model(inputs[batch]), wanted[batch]).backward()
                    optimizer.step()
            return [tensor.detach().numpy() for tensor in self.model.state_dict().values()], len(self.training), {}

        def evaluate(self, parameters, config):  # type: ignore[no-untyped-def]
            self.load(parameters)
            with torch.inference_mode():
                loss = torch.nn.functional.cross_entropy(self.model(inputs[self.test]), wanted[self.test])
            return float(loss), len(self.test), {}

    def make_server(context: Context) -> ServerAppComponents:
        first = [tensor.numpy() for tensor in make_model().state_dict().values()]
        strategy = FedAvg(
            fraction_fit=trained / members, min_fit_clients=trained,
            fraction_evaluate=(members - trained) / members, min_evaluate_clients=members - trained,
            min_available_clients=members, initial_parameters=ndarrays_to_parameters(first),
        )  # fmt: skip
        return ServerAppComponents(strategy=strategy, config=ServerConfig(num_rounds=rounds))

    run_simulation(
        server_app=ServerApp(server_fn=make_server),
        client_app=ClientApp(client_fn=lambda context: Member(int(context.node_config["partition-id"])).to_client()),
        num_supernodes=members,
        backend_config={"init_args": {"num_cpus": CORES}, "client_resources": {"num_cpus": 1, "num_gpus": 0.0}},
    )
    return {"version": float(flwr.__version__.rsplit(".", 1)[0])}


if __name__ == "__main__":
    main()
