-- grain: one constant of an instrument; no patients in it
-- reads: instrument_constant, instrument
-- why: every number that decides is printed with its source
select
    instrument.short_name,
    instrument_constant.scale,
    instrument_constant.constant,
    instrument_constant.value,
    instrument_constant.source,
    instrument_constant.population,
    instrument_constant.evidence
from instrument_constant
inner join instrument on instrument_constant.instrument = instrument.instrument
order by instrument.short_name, instrument_constant.scale, instrument_constant.constant
