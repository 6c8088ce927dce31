"""Weather: by chance, the same for the same seed, and as often as it says."""

from __future__ import annotations

from orchestrator.simulation.weather import Weather


def test_it_is_as_often_bad_as_it_says_and_the_same_again() -> None:
    weather = Weather(crashes=0.1, stragglers=0.3, seed=4)
    times = [(member, round) for member in range(50) for round in range(40)]
    down, slow = [weather.is_down(*time) for time in times], [weather.is_slow(*time) for time in times]
    assert 0.08 < sum(down) / len(times) < 0.12 and 0.27 < sum(slow) / len(times) < 0.33
    assert down == [Weather(crashes=0.1, seed=4).is_down(*time) for time in times]
    assert down != [Weather(crashes=0.1, seed=5).is_down(*time) for time in times]


def test_without_weather_nothing_happens() -> None:
    assert not any(Weather().is_down(member, 1) or Weather().is_slow(member, 1) for member in range(1000))
