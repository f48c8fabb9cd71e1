-- grain: recent landed file x expectation (x instrument x scale where it is about one)
-- reads: file_profile, file_form, file_scale, landed_file, exported_episode, instrument,
--   instrument_scale, instrument_item, instrument_coding, quality_limit
-- why: the sender can mend what is told by file. Each row is one judgement: of `checked` so many
--   `failed`, or a `value` that should lie between `lower` and `upper`; "not applicable" where
--   there is too little to judge by.
with

file as (
    select *
    from file_profile
    where is_judged
),

form as (
    select distinct
        file_form.* exclude (
            scale, items_answered, items_seen, lowest_answer, highest_answer, item_sum,
            reported_score
        ),
        file.landed_at,
        file.has_artificial_dates
    from file_form
    inner join file on file_form.sha256 = file.sha256
),

-- Counts that vary as counts do differ by the root of their mean, however steady they look.
expected_volume as (
    select
        file.*,
        quality_limit.volume_deviations
        * greatest(file.earlier_sd, sqrt(file.earlier_mean)) as leeway
    from file
    cross join quality_limit
),

volume as (
    select
        sha256,
        'volume_like_the_files_before' as expectation,
        expected_volume.earlier_files >= quality_limit.earlier_files_needed as is_judgeable,
        records as value,
        case when leeway is not null then greatest(0, ceil(earlier_mean - leeway)) end as lower,
        floor(earlier_mean + leeway) as upper,
        records not between earlier_mean - leeway and earlier_mean + leeway as has_failed
    from expected_volume
    cross join quality_limit
),

lost as (
    select
        sha256,
        'nothing_lost_since_the_file_before' as expectation,
        exports = 'complete' and records_before is not null as is_judgeable,
        records as value,
        ceil((1 - quality_limit.lost_share) * records_before) as lower,
        records < (1 - quality_limit.lost_share) * records_before as has_failed
    from file
    cross join quality_limit
),

counted as (
    select
        sha256,
        'few_records_are_refused' as expectation,
        records as checked,
        rejected_error as failed,
        quality_limit.stray_share as most
    from file
    cross join quality_limit
    union all
    select
        sha256,
        'few_answers_are_refused' as expectation,
        records as checked,
        cells_rejected as failed,
        quality_limit.stray_share as most
    from file
    cross join quality_limit
    union all
    select
        sha256,
        'few_records_repeat' as expectation,
        records as checked,
        duplicate as failed,
        quality_limit.repeated_share as most
    from file
    cross join quality_limit
),

patient_day as (
    select
        sha256,
        min(therapist_id) <> max(therapist_id) as has_two_therapists
    from form
    where therapist_id is not null and not has_artificial_dates
    group by sha256, clinic_id, patient_id, cast(measured_at as date)
),

session as (
    select
        sha256,
        session_no < max(session_no) over (
            partition by sha256, clinic_id, patient_id, episode_id, respondent, instrument
            order by measured_at, session_no
            rows between unbounded preceding and 1 preceding
        ) as goes_back
    from form
    where session_no is not null and not has_artificial_dates
),

-- Judged only where the clinic's own system told when the episode was.
of_episode as (
    select
        form.sha256,
        cast(form.measured_at as date)
        not between exported_episode.started_on - cast(quality_limit.days_before_episode as integer)
        and coalesce(
            exported_episode.ended_on + cast(quality_limit.days_after_episode as integer),
            date '9999-12-31'
        ) as is_outside
    from form
    inner join exported_episode
        on form.clinic_id = exported_episode.clinic_id
        and form.patient_id = exported_episode.patient_id
        and form.episode_id = exported_episode.episode_id
    cross join quality_limit
    where exported_episode.started_on is not null and not form.has_artificial_dates
),

strayed as (
    select
        file.sha256,
        'one_therapist_a_day' as expectation,
        count(patient_day.sha256) as checked,
        count(*) filter (where patient_day.has_two_therapists) as failed
    from file
    left join patient_day on file.sha256 = patient_day.sha256
    group by file.sha256
    union all
    select
        file.sha256,
        'sessions_in_order_of_time' as expectation,
        count(session.sha256) as checked,
        count(*) filter (where session.goes_back) as failed
    from file
    left join session on file.sha256 = session.sha256
    group by file.sha256
    union all
    select
        file.sha256,
        'inside_its_episode' as expectation,
        count(of_episode.sha256) as checked,
        count(*) filter (where of_episode.is_outside) as failed
    from file
    left join of_episode on file.sha256 = of_episode.sha256
    group by file.sha256
    union all
    select
        file.sha256,
        'measured_before_landing' as expectation,
        count(form.sha256) as checked,
        count(*) filter (where cast(form.measured_at as date) > cast(form.landed_at as date))
            as failed
    from file
    left join form
        on file.sha256 = form.sha256
        and not form.has_artificial_dates
    group by file.sha256
),

shares_of_file as (
    select
        share.sha256,
        share.expectation,
        share.checked > 0 as is_judgeable,
        share.checked,
        share.failed,
        share.most as upper,
        share.failed > share.most * share.checked as has_failed
    from (
        select * from counted
        union all by name
        select
            strayed.*,
            quality_limit.stray_share as most
        from strayed
        cross join quality_limit
    ) as share
),

answer_range as (
    select
        instrument,
        any_value(minimum) as minimum,
        any_value(maximum) as maximum
    from instrument_item
    group by instrument
),

scale as (
    select
        file_scale.*,
        instrument.measures,
        instrument_scale.items,
        answer_range.minimum as answer_minimum,
        answer_range.maximum as answer_maximum
    from file_scale
    inner join file on file_scale.sha256 = file.sha256
    inner join instrument on file_scale.instrument = instrument.instrument
    inner join instrument_scale
        on file_scale.instrument = instrument_scale.instrument
        and file_scale.scale = instrument_scale.scale
    inner join answer_range on file_scale.instrument = answer_range.instrument
),

shares_of_scale as (
    select
        scale.sha256,
        scale.instrument,
        scale.scale,
        told.expectation,
        told.checked >= told.needed as is_judgeable,
        told.checked,
        told.failed,
        told.most as upper,
        told.failed > told.most * told.checked as has_failed
    from scale
    cross join quality_limit
    cross join lateral (
        values
        (
            'forms_are_complete', scale.with_items, scale.with_items - scale.complete,
            quality_limit.assessments_needed, quality_limit.incomplete_share
        ),
        (
            'reported_totals_agree', scale.totals_compared, scale.totals_that_differ, 1, 0
        ),
        (
            'few_forms_are_straight', scale.could_be_straight, scale.straight,
            quality_limit.assessments_needed, quality_limit.straight_share
        ),
        (
            'few_scores_at_an_end', scale.scored, scale.at_an_end, quality_limit.assessments_needed,
            case
                when scale.measures = 'alliance' then quality_limit.alliance_ceiling_share
                else quality_limit.extreme_share
            end
        )
    ) as told (expectation, checked, failed, needed, most)
),

-- Of the items of a scale, not of its forms.
items_seen as (
    select
        scale.sha256,
        scale.instrument,
        scale.scale,
        'every_item_is_answered' as expectation,
        scale.with_items >= quality_limit.assessments_needed as is_judgeable,
        scale.items as checked,
        scale.items_never_answered as failed,
        scale.items_never_answered > 0 as has_failed
    from scale
    cross join quality_limit
),

shift as (
    select
        scale.sha256,
        scale.instrument,
        scale.scale,
        'mean_like_the_files_before' as expectation,
        scale.scored >= quality_limit.assessments_needed
        and coalesce(scale.earlier_scored, 0) >= quality_limit.assessments_needed
        and scale.earlier_sd > 0 as is_judgeable,
        scale.mean_score as value,
        scale.earlier_mean - quality_limit.mean_shift_deviations * scale.earlier_sd as lower,
        scale.earlier_mean + quality_limit.mean_shift_deviations * scale.earlier_sd as upper,
        abs(scale.mean_score - scale.earlier_mean)
        > quality_limit.mean_shift_deviations * scale.earlier_sd as has_failed
    from scale
    cross join quality_limit
),

-- Answers that are counted from 1 where the instrument counts from 0 never reach its lowest,
-- and a line in another unit only its first part. Answers that are ticked come in few steps.
range_used as (
    select
        scale.sha256,
        scale.instrument,
        scale.scale,
        'answers_use_their_range' as expectation,
        scale.with_items >= quality_limit.assessments_needed as is_judgeable,
        scale.highest_answer - scale.lowest_answer as value,
        quality_limit.range_used_share * (scale.answer_maximum - scale.answer_minimum) as lower,
        scale.highest_answer - scale.lowest_answer
        < quality_limit.range_used_share * (scale.answer_maximum - scale.answer_minimum)
        or (
            scale.answer_maximum - scale.answer_minimum <= 6
            and scale.lowest_answer >= scale.answer_minimum + 1
        ) as has_failed
    from scale
    cross join quality_limit
),

-- Where neither the source nor any answer tells from which number answers are counted.
read_as as (
    select
        file.sha256,
        unnest(landed_file.codings, recursive := true)
    from file
    inner join landed_file on file.sha256 = landed_file.sha256
),

coding_known as (
    select
        read_as.sha256,
        read_as.instrument,
        'coding_of_answers_is_known' as expectation,
        true as is_judgeable,
        count(*) as checked,
        count(*) filter (where read_as.how = 'assumed') as failed,
        min(instrument_coding.minimum) as lower,
        max(instrument_coding.maximum) as upper,
        bool_or(read_as.how = 'assumed') as has_failed
    from read_as
    inner join instrument_coding
        on read_as.instrument = instrument_coding.instrument
        and read_as.coding = instrument_coding.coding
    group by read_as.sha256, read_as.instrument
),

judged as (
    select * from volume
    union all by name
    select * from lost
    union all by name
    select * from shares_of_file
    union all by name
    select * from shares_of_scale
    union all by name
    select * from items_seen
    union all by name
    select * from shift
    union all by name
    select * from range_used
    union all by name
    select * from coding_known
)

select
    file.sha256,
    file.source,
    file.source_file,
    file.landed_at,
    file.clinics,
    judged.expectation,
    judged.instrument,
    judged.scale,
    case
        when not coalesce(judged.is_judgeable, false) then 'not applicable'
        when judged.has_failed then 'fail'
        else 'pass'
    end as outcome,
    judged.checked,
    judged.failed,
    judged.value,
    judged.lower,
    judged.upper
from judged
inner join file on judged.sha256 = file.sha256
