-- A script of wrk's: says its figures as a line of JSON. The argument is a time in milliseconds: a
-- connection asks again after a random time of that mean, so that not all ask at once.

function init(arguments)
  local mean = tonumber(arguments[1])
  if mean then
    function delay() return math.random(0, 2 * mean) end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(('{"calls":%d,"seconds":%.6f,"p50":%.1f,"p99":%.1f,"failed":%d}\n'):format(
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
