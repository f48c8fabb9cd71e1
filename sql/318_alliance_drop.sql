-- grain: one form about the alliance that is below where it came from, or back there again
-- kind: step
-- reads: score, instrument, instrument_scale, episode, run, setting_value
-- why: ruptures and repairs within one patient. A drop is counted from the top of the decline
--   that it ends (at most so many forms long), less what the person's own line over the earlier
--   forms explains, in SDs: the larger of the person's own and the one pooled over closed episodes
--   of the clinic (of the service where the clinic has too few). From six earlier forms on the
--   person's own natural process limits (XmR) say what is a drop. Until it is back within half
--   an SD it persists, for five forms at most. (RULES B5, after Gumz et al. 2012.) Figures are
--   rounded, so that sums in another order decide the same.
with

forms as (
    select
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale,
        score.assessment_id,
        score.therapist_id,
        score.group_id,
        score.session_no,
        score.assessment_no,
        score.measured_at,
        score.score,
        score.baseline_score,
        instrument.short_name,
        instrument_scale.direction,
        instrument_scale.direction * score.score as height,
        row_number() over (
            partition by
                score.clinic_id,
                score.patient_id,
                score.episode_id,
                score.instrument,
                score.scale
            order by score.measured_at, score.assessment_id
        ) as place
    from score
    inner join instrument
        on score.instrument = instrument.instrument
        and instrument.measures = 'alliance'
        and coalesce(score.respondent, instrument.respondent)
        is not distinct from instrument.respondent
    inner join instrument_scale
        on score.instrument = instrument_scale.instrument
        and score.scale = instrument_scale.scale
        and instrument_scale.is_main
    where score.score is not null and not score.is_follow_up
),

-- What is known before each form, and the decline that it belongs to.
known as (
    select
        *,
        count(*) over earlier as forms_before,
        avg(height) over earlier as mean_before,
        regr_slope(height, place) over earlier as slope,
        regr_syy(height, place) over earlier as syy,
        regr_sxy(height, place) over earlier as sxy,
        regr_sxx(height, place) over earlier as sxx,
        height - lag(height) over one_course as step
    from forms
    window
        one_course as (
            partition by clinic_id, patient_id, episode_id, instrument, scale order by place
        ),
        earlier as (
            partition by clinic_id, patient_id, episode_id, instrument, scale
            order by place
            rows between unbounded preceding and 1 preceding
        )
),

declines as (
    select
        *,
        avg(abs(step)) over earlier as mean_step,
        count(*) filter (where step > 0) over one_course as decline_no
    from known
    window
        one_course as (
            partition by clinic_id, patient_id, episode_id, instrument, scale order by place
        ),
        earlier as (
            partition by clinic_id, patient_id, episode_id, instrument, scale
            order by place
            rows between unbounded preceding and 1 preceding
        )
),

tops as (
    select
        *,
        first_value(height) over decline as top_height,
        first_value(place) over decline as top_place
    from declines
    window decline as (
        partition by clinic_id, patient_id, episode_id, instrument, scale, decline_no
        order by place
        rows between 6 preceding and current row
    )
),

-- Frozen for the quarter, so that an alert of yesterday does not go with today's forms.
courses as (
    select
        forms.clinic_id,
        forms.instrument,
        forms.scale,
        count(*) - 2 as df,
        regr_syy(forms.height, forms.place)
        - coalesce(
            regr_sxy(forms.height, forms.place) ** 2 / regr_sxx(forms.height, forms.place), 0
        ) as squares
    from forms
    inner join episode
        on forms.clinic_id = episode.clinic_id
        and forms.patient_id = episode.patient_id
        and forms.episode_id = episode.episode_id
        and episode.is_closed
    cross join run
    where episode.ended_at < date_trunc('quarter', run.as_of)
    group by
        forms.clinic_id, forms.patient_id, forms.episode_id, forms.instrument, forms.scale
    having count(*) >= (select alliance_forms_for_own_line from setting_value)
),

pooled as (
    select
        courses.clinic_id,
        courses.instrument,
        courses.scale,
        round(sqrt(greatest(sum(courses.squares), 0) / sum(courses.df)), 9) as pooled_sd
    from courses
    cross join setting_value
    group by
        grouping sets (
            (courses.clinic_id, courses.instrument, courses.scale),
            (courses.instrument, courses.scale)
        )
    having count(*) >= max(setting_value.alliance_minimum_episodes)
),

spread as (
    select
        tops.*,
        case
            when tops.forms_before >= setting_value.alliance_forms_for_own_line
                then round(
                    sqrt(
                        greatest(tops.syy - tops.sxy ** 2 / tops.sxx, 0)
                        / (tops.forms_before - 2)
                    ),
                    9
                )
        end as own_sd,
        coalesce(of_clinic.pooled_sd, of_service.pooled_sd) as pooled_sd,
        round(
            tops.top_height - tops.height
            + case
                when tops.forms_before >= setting_value.alliance_forms_for_own_line
                    then tops.slope * (tops.place - tops.top_place)
                else 0
            end,
            9
        ) as fall,
        case
            when tops.forms_before >= setting_value.alliance_forms_for_limits
                -- 2.66 is 3 / 1.128, the factor of the XmR chart.
                then round(tops.mean_before - 2.66 * tops.mean_step, 9)
        end as lower_limit
    from tops
    cross join setting_value
    left join pooled as of_clinic
        on tops.clinic_id = of_clinic.clinic_id
        and tops.instrument = of_clinic.instrument
        and tops.scale = of_clinic.scale
    left join pooled as of_service
        on of_service.clinic_id is null
        and tops.instrument = of_service.instrument
        and tops.scale = of_service.scale
),

measured as (
    select
        *,
        greatest(own_sd, pooled_sd) as sd
    from spread
),

onsets as (
    select
        measured.*,
        measured.fall > setting_value.rupture_strict_sd * measured.sd as is_strict
    from measured
    cross join setting_value
    where
        measured.sd > 1e-9
        and measured.top_height > measured.height
        and (
            measured.fall > setting_value.rupture_strict_sd * measured.sd
            or case
                when measured.lower_limit is null
                    then measured.fall >= setting_value.rupture_sd * measured.sd
                else measured.height < measured.lower_limit
            end
        )
),

-- What came after each drop, until it was repaired.
afterwards as (
    select
        later.assessment_id,
        onsets.assessment_id as onset_id,
        later.place,
        later.height,
        onsets.top_height,
        onsets.sd,
        later.height >= onsets.top_height - setting_value.repair_sd * onsets.sd as is_back,
        later.height <= onsets.top_height - setting_value.rupture_sd * onsets.sd as is_low
    from onsets
    inner join forms as later
        on onsets.clinic_id = later.clinic_id
        and onsets.patient_id = later.patient_id
        and onsets.episode_id = later.episode_id
        and onsets.instrument = later.instrument
        and onsets.scale = later.scale
        and onsets.place < later.place
    cross join setting_value
    where later.place <= onsets.place + setting_value.repair_within_forms
),

watched as (
    select
        *,
        min(place) filter (where is_back) over (partition by onset_id) as back_place
    from afterwards
),

states as (
    select
        assessment_id,
        'drop' as state,
        is_strict as is_grave,
        top_height,
        sd
    from onsets
    union all
    select
        assessment_id,
        case when is_back then 'repair' else 'persists' end as state,
        is_low as is_grave,
        top_height,
        sd
    from watched
    where place <= coalesce(back_place, place)
),

-- Of several drops the one from highest up counts, of two from there the one held against the
-- larger SD; repaired is only what is back from all.
worst as (
    select *
    from states
    qualify row_number() over (
        partition by assessment_id
        order by state = 'repair', top_height desc, is_grave desc, state, sd desc
    ) = 1
),

grave as (
    select
        assessment_id,
        bool_or(is_grave) as is_grave
    from states
    where state <> 'repair'
    group by assessment_id
)

select
    measured.assessment_id,
    measured.clinic_id,
    measured.patient_id,
    measured.therapist_id,
    measured.episode_id,
    measured.group_id,
    measured.instrument,
    measured.scale,
    measured.short_name,
    measured.session_no,
    measured.assessment_no,
    measured.measured_at,
    measured.score,
    measured.baseline_score,
    worst.state,
    coalesce(grave.is_grave, false) as is_grave,
    measured.direction * worst.top_height as top_score,
    worst.sd,
    measured.own_sd,
    measured.pooled_sd,
    worst.top_height - measured.height as fall,
    measured.direction * measured.lower_limit as own_limit
from measured
inner join worst using (assessment_id)
left join grave using (assessment_id)
