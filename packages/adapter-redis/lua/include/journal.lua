-- A service's journal: a stream. An entry has the fields 't' (type), 'p' (podId), 'u' (uid), 'b' (who asked for it) and 'd' (the
-- rest as JSON); without a value a field is left out.

local JOURNAL_LIMIT = 10000

-- Checks that an entry can be written. Must be called before the first write.
local function check_journal(journal_key)
  redis.call('XLEN', journal_key)
end

-- uid, by and rest may be nil or empty.
local function write_journal(journal_key, kind, pod, uid, by, rest)
  local fields = { 't', kind }
  local function add(name, value)
    if not value or value == '' then return end
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  add('p', pod)
  add('u', uid)
  add('b', by)
  add('d', rest)
  redis.call('XADD', journal_key, 'MAXLEN', '~', JOURNAL_LIMIT, '*', unpack(fields))
end
