-- A script of wrk's: says its figures as a line of JSON. With the argument `paced` it asks every
-- two milliseconds, as one that looks whether a server is well does.

function init(arguments)
  if arguments[1] == "paced" then
    function delay() return 2 end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(('{"calls":%d,"seconds":%.6f,"p50":%.1f,"p99":%.1f,"failed":%d}\n'):format(
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
