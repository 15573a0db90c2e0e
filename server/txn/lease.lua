#!lua
-- Takes a free lease or renews one's own. KEYS[1]: the lease. ARGV: owner, milliseconds.
-- Answers 1 while the owner holds it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
	return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
