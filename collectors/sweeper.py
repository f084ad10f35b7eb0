"""Finds what fell through: runs whose worker died, messages that never arrived, jobs that wait for
a credential that is good by now."""

from django.db import connection

from collectors.schedule import QUEUED_LEASE_SECONDS, Claimed

MOST_ATTEMPTS = 5

# A dead worker's run is closed as lost and begun again with a new token, so that the dead one, if
# it wakes up, is refused. After the last attempt the job is released: something about it kills.
# Nothing is waited for: one that was frozen in a transaction must not hold up the others.
_LOST = """
WITH dead AS (
  SELECT e.id FROM job_executions e JOIN monitoring_jobs j ON j.id = e.job_id
  WHERE e.status = 'running' AND e.lease_until < now()
  ORDER BY e.id FOR UPDATE SKIP LOCKED
),
lost AS (
  UPDATE job_executions e
  SET status = CASE WHEN attempt < %(most)s THEN 'lost' ELSE 'failed' END,
      error_code = CASE WHEN attempt < %(most)s THEN 'lost' ELSE 'poison' END,
      error_text = 'The worker ended without a word.',
      completed_at = now(), lease_until = NULL
  FROM dead WHERE e.id = dead.id
  RETURNING e.owner_id, e.job_id, e.run_token, e.due_at, e.attempt, e.asked_by_person
),
again AS (
  UPDATE monitoring_jobs j
  SET run_token = j.run_token + 1, busy = lost.attempt < %(most)s,
      failures = j.failures + (lost.attempt >= %(most)s)::int
  FROM lost WHERE j.id = lost.job_id AND j.run_token = lost.run_token
  RETURNING j.id, j.run_token, lost.owner_id, lost.due_at, lost.attempt, lost.asked_by_person
)
INSERT INTO job_executions (owner_id, job_id, run_token, due_at, attempt, status, queued_at,
                            lease_until, asked_by_person)
SELECT owner_id, id, run_token, due_at, attempt + 1, 'queued', now(), now(), asked_by_person
FROM again WHERE attempt < %(most)s
"""

_UNHEARD = """
WITH waiting AS (
  SELECT id FROM job_executions WHERE status = 'queued' AND lease_until <= now()
  ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
),
again AS (
  UPDATE job_executions e SET lease_until = now() + make_interval(secs => %(lease)s)
  FROM waiting WHERE e.id = waiting.id
  RETURNING e.id, e.job_id
)
SELECT again.id, j.owner_id, j.platform, e.profile_id
FROM again JOIN monitoring_jobs j ON j.id = again.job_id
JOIN platforms_entity e ON e.id = j.entity_id
ORDER BY j.owner_id, j.platform, e.profile_id, again.id
"""

# A pause for want of money is not ended here: nobody but the person knows when there is some.
_MENDED = """
WITH mended AS (
  SELECT j.id FROM monitoring_jobs j
  JOIN platforms_entity e ON e.id = j.entity_id JOIN api_profiles p ON p.id = e.profile_id
  WHERE NOT j.busy AND (j.pause_reason = 'no_credential'
                        OR (j.pause_reason = 'credential' AND p.verdict = 'valid'))
  ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
)
UPDATE monitoring_jobs j
SET pause_reason = '', failures = 0, next_run_at = now(), updated_at = now()
FROM mended WHERE j.id = mended.id
"""


def bury() -> None:
    """Close runs whose lease ended, and queue them again."""
    with connection.cursor() as cursor:
        cursor.execute(_LOST, {"most": MOST_ATTEMPTS})


def unheard(limit: int) -> list[Claimed]:
    """Executions that wait longer than their message should take; ring for them again."""
    with connection.cursor() as cursor:
        cursor.execute(_UNHEARD, {"limit": limit, "lease": QUEUED_LEASE_SECONDS})
        return [Claimed(*row) for row in cursor.fetchall()]


def wake() -> None:
    """Resume jobs that waited for a credential, where there is one that the platform accepts."""
    with connection.cursor() as cursor:
        cursor.execute(_MENDED)
