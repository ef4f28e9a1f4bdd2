-- ARGV: call, owner, span, minimum fence, ignore the cooldown, take over
local min_fence, take_over = number(ARGV[4]), number(ARGV[6])
local found = record_fence > min_fence
local allowed = cooldown_end == 0 or ARGV[5] == '1'
local granted = 0
if not found and allowed and number(ARGV[3]) > 0 then
  if lease_fence == 0 or lease_fence == take_over then
    last = math.max(last, record_fence, lease_fence, min_fence, micros) + 1
    lease_fence, lease_end, owner = last, now + number(ARGV[3]), ARGV[2]
    granted, call = lease_fence, number(ARGV[1])
    save()
  elseif owner == ARGV[2] and call == number(ARGV[1]) then
    -- This call was sent before and granted this lease, but its answer was lost.
    granted = lease_fence
  end
end
local held_by, held_for = 0, 0
if granted == 0 and lease_fence ~= 0 then held_by, held_for = lease_fence, lease_end - now end
if not found then record_fence, record_end, record = 0, now, '' end
local cooldown_left = 0
if cooldown_end ~= 0 then cooldown_left = cooldown_end - now end
return {record_fence, record_end - now, record, cooldown_left, cooldown, granted, held_by, held_for}
