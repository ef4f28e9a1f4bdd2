-- ARGV: again, owner, span, newer than, past the gate, instead of
local newer_than, instead_of = number(ARGV[4]), number(ARGV[6])
local found = record_fence > newer_than
local open = gate_end == 0 or ARGV[5] == '1'
local granted = 0
if not found and open and number(ARGV[3]) > 0 then
  if lease_fence == 0 or lease_fence == instead_of then
    last = math.max(last, record_fence, lease_fence, newer_than, micros) + 1
    lease_fence, lease_end, owner = last, now + number(ARGV[3]), ARGV[2]
    granted = lease_fence
    save()
  elseif ARGV[1] == '1' and owner == ARGV[2] then
    -- Granted when this was asked for the first time; the answer was lost.
    granted = lease_fence
  end
end
local held_by, held_for = 0, 0
if granted == 0 and lease_fence ~= 0 then held_by, held_for = lease_fence, lease_end - now end
if not found then record_fence, record_end, record = 0, now, '' end
local gate_left = 0
if gate_end ~= 0 then gate_left = gate_end - now end
return {record_fence, record_end - now, record, gate_left, gate, granted, held_by, held_for}
