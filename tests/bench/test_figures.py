from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import growth_exponent, quantile

_samples = st.lists(st.floats(0, 1e6), min_size=1, max_size=50)


def test_the_95th_percentile_of_twenty_samples_is_the_nineteenth() -> None:
    assert quantile(list(range(20, 0, -1)), 0.95) == 19


def test_the_95th_percentile_of_few_samples_is_the_worst() -> None:
    assert quantile([3.0, 9.0, 1.0], 0.95) == 9.0


@given(_samples)
def test_quantiles_are_samples_in_order(samples: list[float]) -> None:
    found = [quantile(samples, share) for share in (0.0, 0.25, 0.5, 0.95, 1.0)]
    assert found == sorted(found)
    assert found[0] == min(samples)
    assert found[-1] == max(samples)
    assert set(found) <= set(samples)


@given(_samples.filter(lambda samples: len(samples) % 2 == 1))
def test_the_half_quantile_of_an_odd_number_of_samples_is_the_median(samples: list[float]) -> None:
    assert quantile(samples, 0.5) == median(samples)


def test_there_is_no_quantile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no samples"):
        quantile([], 0.5)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.3, 2.0])
def test_the_slope_of_a_power_is_its_exponent(exponent: float) -> None:
    sizes = [1e4, 3.2e4, 1e5, 1e6]
    assert growth_exponent(sizes, [7e-6 * size**exponent for size in sizes]) == pytest.approx(exponent)


def test_costs_within_the_noise_of_the_start_are_left_out_of_the_slope() -> None:
    assert growth_exponent([10, 100, 1000], [-0.001, 100, 1000]) == pytest.approx(1)


def test_one_point_has_no_slope() -> None:
    assert growth_exponent([10, 100], [0, 100]) is None
