-- grain: landed file x instrument x scale
-- reads: file_profile, file_form, instrument, instrument_scale, instrument_item
-- why: an export that was made differently shows in its answers as a whole: an item that nobody
--   answered, another coding, a mean that jumps. Counts are of the patients that are looked at.
with

key as (
    select
        instrument_scale.*,
        instrument.measures,
        any_value(instrument_item.minimum) as answer_minimum,
        any_value(instrument_item.maximum) as answer_maximum,
        bool_or(instrument_item.is_reversed) as has_reversed_item
    from instrument_scale
    inner join instrument on instrument_scale.instrument = instrument.instrument
    inner join instrument_item
        on instrument_scale.instrument = instrument_item.instrument
        and instrument_scale.scale = instrument_item.scale
    group by all
),

-- Only a form with every item is scored here; a reported total where there is no item.
scored as (
    select
        file_form.*,
        key.items,
        key.minimum,
        key.maximum,
        key.answer_minimum,
        key.answer_maximum,
        key.has_reversed_item,
        key.direction,
        key.measures,
        case
            when file_form.items_answered = 0 then file_form.reported_score
            when file_form.items_answered = key.items
                then round(
                    file_form.item_sum * key.multiplier
                    / case when key.aggregation = 'mean' then key.items else 1 end,
                    6
                )
        end as score
    from file_form
    inner join key
        on file_form.instrument = key.instrument
        and file_form.scale = key.scale
),

-- The same answer all the way down: against itself where items are reversed, and else no sign
-- of anything where it is the lowest, which is how somebody without complaints answers.
profiled as (
    select
        sha256,
        instrument,
        scale,
        count(*) as assessments,
        count(*) filter (where items_answered > 0) as with_items,
        count(*) filter (where items_answered = items) as complete,
        any_value(least(items, 64)) - bit_count(bit_or(items_seen)) as items_never_answered,
        count(*) filter (
            where items_answered > 0 and reported_score is not null and score is not null
        ) as totals_compared,
        -- Half a unit of the last decimal that exports print (one decimal).
        count(*) filter (where items_answered > 0 and abs(score - reported_score) > 0.05 + 1e-9)
            as totals_that_differ,
        count(*) filter (where items_answered >= 5) as could_be_straight,
        count(*) filter (
            where items_answered >= 5
            and lowest_answer = highest_answer
            and (has_reversed_item or lowest_answer > answer_minimum)
        ) as straight,
        count(score) as scored,
        count(*) filter (
            where score = maximum
            or (direction = 1 and measures <> 'alliance' and score = minimum)
        ) as at_an_end,
        round(avg(score), 6) as mean_score,
        round(stddev_samp(score), 6) as sd_score,
        min(lowest_answer) as lowest_answer,
        max(highest_answer) as highest_answer,
        min(measured_at) as first_measured_at,
        max(measured_at) as last_measured_at
    from scored
    group by sha256, instrument, scale
),

-- Files before it count by how much they hold; the spread is that within files.
before as (
    select
        judged.sha256,
        profiled.instrument,
        profiled.scale,
        cast(sum(profiled.scored) as bigint) as earlier_scored,
        round(
            sum(profiled.scored * profiled.mean_score) / nullif(sum(profiled.scored), 0), 6
        ) as earlier_mean,
        round(
            sqrt(
                sum((profiled.scored - 1) * pow(profiled.sd_score, 2))
                / nullif(sum(profiled.scored - 1) filter (where profiled.sd_score is not null), 0)
            ),
            6
        ) as earlier_sd
    from (
        select
            sha256,
            unnest(compared_with) as earlier_sha256
        from file_profile
        where is_judged
    ) as judged
    inner join profiled on judged.earlier_sha256 = profiled.sha256
    group by judged.sha256, profiled.instrument, profiled.scale
)

select
    profiled.sha256,
    file_profile.source_file,
    file_profile.is_judged,
    profiled.instrument,
    profiled.scale,
    profiled.assessments,
    profiled.with_items,
    profiled.complete,
    profiled.items_never_answered,
    profiled.totals_compared,
    profiled.totals_that_differ,
    profiled.could_be_straight,
    profiled.straight,
    profiled.scored,
    profiled.at_an_end,
    profiled.mean_score,
    profiled.sd_score,
    profiled.lowest_answer,
    profiled.highest_answer,
    profiled.first_measured_at,
    profiled.last_measured_at,
    before.earlier_scored,
    before.earlier_mean,
    before.earlier_sd
from profiled
inner join file_profile on profiled.sha256 = file_profile.sha256
left join before
    on profiled.sha256 = before.sha256
    and profiled.instrument = before.instrument
    and profiled.scale = before.scale
