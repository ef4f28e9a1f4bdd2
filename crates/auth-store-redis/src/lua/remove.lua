-- ARGV: call, fence
local fence = number(ARGV[2])
if record_fence == 0 or record_fence ~= fence then return 0 end
-- The key stays until the record would have expired, so that a copy of it that another store has is not published again.
record_fence, record = 0, ''
save_less()
return 1
