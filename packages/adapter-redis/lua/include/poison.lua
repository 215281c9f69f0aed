-- Deaths held against a user: the rules of core's `poison.ts`.

local CLAIMED_BEFORE_DEATH_MS = 60000
local DEATHS_WITHIN_MS = 10 * 60 * 1000
local DEATHS_MAX = 3
local QUARANTINE_MS = 60 * 60 * 1000

-- Returns the deaths held against the user of a claim, whose owner died at this time, as so many other pods fell.
local function deaths_after(link, died_at, others_fell)
  local deaths = read_poison(link)
  if math.floor(link.token / 1000) < died_at - CLAIMED_BEFORE_DEATH_MS then return deaths end
  local kept = {}
  for at = 1, #deaths do
    if deaths[at] == died_at then return deaths end
    if deaths[at] >= died_at - DEATHS_WITHIN_MS then kept[#kept + 1] = deaths[at] end
  end
  if others_fell > #kept then return deaths end
  kept[#kept + 1] = died_at
  return kept
end

local function write_deaths(link, deaths)
  local field = link.service_name .. ':poison'
  if #deaths == 0 then
    redis.call('HDEL', link.token_key, field)
    return
  end
  local spelled_deaths = {}
  for at = 1, #deaths do spelled_deaths[at] = string.format('%.0f', deaths[at]) end
  redis.call('HSET', link.token_key, field, 'd' .. table.concat(spelled_deaths, ','))
end

-- Ends the claim and quarantines the user. Returns that, for a reply.
local function quarantine(link)
  local over_at = string.format('q%.0f', now + QUARANTINE_MS)
  redis.call('HSET', link.token_key, link.service_name .. ':poison', over_at)
  redis.call('DEL', link.key)
  end_claim(link)
  return over_at
end
