-- ARGV: call, owner, fence, span
if lease_fence == 0 or lease_fence ~= number(ARGV[3]) or owner ~= ARGV[2] then return 0 end
lease_end = now + number(ARGV[4])
save()
return 1
