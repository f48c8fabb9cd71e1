-- grain: one main scale of a questionnaire
-- reads: instrument, instrument_scale
select
    instrument.instrument,
    instrument_scale.scale,
    instrument.short_name,
    instrument.measures,
    instrument_scale.minimum,
    instrument_scale.maximum,
    instrument_scale.direction
from instrument
inner join instrument_scale
    on instrument.instrument = instrument_scale.instrument
    and instrument_scale.is_main
