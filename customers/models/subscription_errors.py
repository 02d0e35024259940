"""Why a subscription cannot begin or change; see also `ActionNotAllowed`."""

from fluxrate.errors import InvalidValue, RuleBroken

from .subscription_advance import MAX_STEPS_IN_ACTION


class CustomerInactive(RuleBroken):
    code = "customer_inactive"
    message = "An inactive customer takes no new subscriptions."


class PlanInactive(RuleBroken):
    code = "plan_inactive"
    message = "An inactive plan takes no new subscriptions."


class ForeignPlan(RuleBroken):
    """The API finds no such plan; staff may choose one."""

    field = "plan_id"
    message = "The plan belongs to another organization."


class PlanUnchanged(RuleBroken):
    code = "plan_unchanged"
    message = "It has this plan and this billing interval already."


class ResumesInThePast(RuleBroken):
    code = "resumes_in_the_past"
    message = "resumes_at must lie after the present time."
    field = "resumes_at"


class FarBehind(RuleBroken):
    code = "far_behind"
    message = (
        f"Over {MAX_STEPS_IN_ACTION} of its periods have ended and "
        "wait for `manage.py advance`; in a test organization, for POST "
        "/organization/clock."
    )


class TrialEndsBeforeStart(InvalidValue):
    code = "before_start"
    field = "trial_end_date"
    message = (
        "A trial cannot end before start_date; one that ends at start_date is no trial."
    )


class TrialNotExtended(InvalidValue):
    code = "not_later"
    field = "trial_end_date"


class StartsTooLongAgo(InvalidValue):
    code = "too_long_ago"
    field = "start_date"
