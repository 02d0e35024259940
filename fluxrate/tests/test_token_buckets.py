"""Buckets hold what they can, refill by the database's clock, and never overflow."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.db.models import F

from fluxrate.models import TokenBucket
from fluxrate.models.token_bucket import Rate, refund, take

SLOW = Rate(4, seconds=4_000)


def let_pass(seconds):
    TokenBucket.objects.update(full_at=F("full_at") - timedelta(seconds=seconds))


def test_a_full_bucket_gives_what_it_holds_and_says_how_long_to_wait(db):
    assert [take("a", SLOW).left for _ in range(4)] == [3, 2, 1, 0]
    refused = take("a", SLOW)
    assert (refused.granted, refused.left) == (False, 0)
    assert 990 < refused.wait <= 1_000
    assert 3_990 < refused.full_in <= 4_000


def test_a_refusal_takes_nothing(db):
    take("a", SLOW, 4)
    first = take("a", SLOW).wait
    assert take("a", SLOW).wait <= first
    let_pass(1_000)
    assert take("a", SLOW).granted
    assert not take("a", SLOW).granted


def test_it_refills_and_holds_no_more_than_it_can(db):
    take("a", SLOW, 4)
    let_pass(1_000_000)
    assert take("a", SLOW, 4).granted
    assert not take("a", SLOW).granted


def test_what_is_given_back_can_be_taken_again(db):
    take("a", SLOW, 4)
    refund("a", SLOW)
    assert take("a", SLOW).granted
    assert not take("a", SLOW).granted


def test_buckets_do_not_know_each_other(db):
    take("a", SLOW, 4)
    assert take("b", SLOW, 4).granted


def test_it_does_not_run_inside_a_transaction_that_could_undo_it(
    transactional_db,
):
    with pytest.raises(RuntimeError), transaction.atomic():
        take("a", SLOW)


def test_a_crash_may_forget_it(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relpersistence FROM pg_class WHERE relname = 'fluxrate_tokenbucket'"
        )
        assert cursor.fetchone() == ("u",)


def test_of_many_at_once_exactly_as_many_get_one_as_there_are(transactional_db):
    barrier, granted = Barrier(6), []

    def run():
        barrier.wait()
        granted.extend(take("a", SLOW).granted for _ in range(5))
        connection.close()

    threads = [Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(granted) == [False] * 26 + [True] * 4
