-- busted, whichever interpreter runs this: Debian's command is bound to the default one.
-- SPEC_GC=generational runs it with that collector.
local collector = os.getenv("SPEC_GC")
if collector then collectgarbage(collector) end
require "busted.runner"({ standalone = false })
