-- grain: one scale of one instrument
-- reads: instrument, instrument_scale
-- why: what a therapist's own page calls a questionnaire, and which way is better on it. Nothing
--      of a patient or therapist, so without $viewer
select
    instrument_scale.instrument,
    instrument_scale.scale,
    instrument.short_name,
    instrument_scale.direction
from instrument_scale
inner join instrument on instrument_scale.instrument = instrument.instrument
order by instrument_scale.instrument, instrument_scale.scale
