-- Pins a user to a pod, or removes the pin. The link is not changed. While the user is pinned, the token records do not expire.
--
-- KEYS
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV
--   1 serviceName
--   2 podId           empty to remove the pin
--   3 by              who asks for it, encoded; empty if unnamed
-- Reply
--   { podId of the pin before or nil, its time, its by, encoded }

-- @include refuse
-- @include link
local service_name, pod, by = ARGV[1], ARGV[2], ARGV[3]
local link = read_link(KEYS, service_name)
local before, at, before_by = read_pin(link)
local reply = { before or false, at or false, before_by or false }

if pod == (before or '') then return reply end
if pod ~= '' then
  redis.call('HSET', link.token_key, pin_field(service_name), string.format('%s:%.0f/%s/', pod, now, by))
  redis.call('PERSIST', link.token_key)
  return reply
end
local is_over = redis.call('HLEN', link.links_key) == 0 and not is_pinned(link, pin_field(service_name))
redis.call('HDEL', link.token_key, pin_field(service_name))
if is_over then redis.call('EXPIRE', link.token_key, TOKEN_KEPT_SECONDS) end
return reply
