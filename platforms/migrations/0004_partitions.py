from django.conf import settings
from django.db import migrations

# The partitions stand in a schema of their own, which the app's roles cannot enter: rows are
# reached through the parent only, whose policies isolate the tenants.
#
# ATTACH, not PARTITION OF: the latter would lock out every reader and writer of the parent.
# The lock lets two workers that meet at the turn of a month wait for each other, and nobody else.
FORWARDS = f"""
CREATE SCHEMA partitions;
REVOKE ALL ON SCHEMA partitions FROM PUBLIC;

CREATE FUNCTION ensure_partition(parent regclass, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    since timestamptz := date_trunc('month', moment);
    child text;
BEGIN
    SELECT relname || to_char(since, '"_"YYYY"_"MM') INTO child
    FROM pg_class JOIN pg_partitioned_table ON partrelid = pg_class.oid
    WHERE pg_class.oid = parent AND pg_has_role(current_user, relowner, 'MEMBER')
      AND moment >= '2000-01-01' AND moment < '2100-01-01';
    IF child IS NULL THEN
        RAISE EXCEPTION '% has no partition for %', parent, moment;
    END IF;
    IF to_regclass(format('partitions.%I', child)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', parent);
    IF to_regclass(format('partitions.%I', child)) IS NULL THEN
        EXECUTE format('CREATE TABLE partitions.%I (LIKE %s INCLUDING ALL)', child, parent);
        EXECUTE format(
            'ALTER TABLE %s ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)',
            parent, child, since, since + interval '1 month'
        );
    END IF;
END $$;

CREATE FUNCTION drop_partitions(parent regclass, moment timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '3s' AS $$
DECLARE
    child text;
BEGIN
    FOR child IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = parent AND relnamespace = 'partitions'::regnamespace
          AND to_date(right(relname, 7), 'YYYY_MM') + interval '1 month' <= moment
        ORDER BY relname
    LOOP
        EXECUTE format('DROP TABLE partitions.%I', child);
        RETURN NEXT child;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION ensure_partition, drop_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partition TO {settings.APP_ROLE}, {settings.SYSTEM_ROLE};
GRANT EXECUTE ON FUNCTION drop_partitions TO {settings.SYSTEM_ROLE};
"""
BACKWARDS = """
DROP FUNCTION ensure_partition, drop_partitions;
DROP SCHEMA partitions;
"""


class Migration(migrations.Migration):

    dependencies = [('platforms', '0003_profiles_and_content')]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
