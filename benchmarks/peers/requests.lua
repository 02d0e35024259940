-- The requests of one measurement, for wrk. Arguments after `--`: the kind of request,
-- the path, a number that no other measurement has, and a file of customers' ids.
local kind, path, run
local formatted, ids, at = {}, {}, 0

function init(args)
  kind, path, run = args[1], args[2], args[3]
  for id in io.lines(args[4]) do
    ids[#ids + 1] = id
  end
  if kind == "list" then
    formatted = { wrk.format("GET", path) }
  elseif kind == "detail" then
    for number, id in ipairs(ids) do
      formatted[number] = wrk.format("GET", path .. "/" .. id)
    end
  end
  wrk.headers["Content-Type"] = "application/json"
end

local function create()
  local body = string.format(
    '{"name":"Ada Lovelace %d","email":"ada.%s.%d@written.example",'
      .. '"external_id":"bench-%s-%d","phone":"+49 30 %07d",'
      .. '"billing_address_city":"Berlin","billing_address_country":"DE"}',
    at, run, at, run, at, at)
  return wrk.format("POST", path, nil, body)
end

local function update()
  local body = string.format('{"phone":"+49 %s %07d"}', run, at)
  return wrk.format("PATCH", path .. "/" .. ids[at % #ids + 1], nil, body)
end

function request()
  at = at + 1
  if kind == "create" then return create() end
  if kind == "update" then return update() end
  return formatted[at % #formatted + 1]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"bytes":%d,"status":%d,"socket":%d,'
      .. '"timeout":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write, errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
