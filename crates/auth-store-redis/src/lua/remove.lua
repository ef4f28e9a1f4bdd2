-- ARGV: again, fence
local fence = number(ARGV[2])
if record_fence == 0 or record_fence ~= fence then return 0 end
record_fence, record_end, record = 0, 0, ''
save_less()
return 1
