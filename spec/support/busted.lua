-- busted, whichever interpreter runs this: Debian's command is bound to the default one.
require "busted.runner"({ standalone = false })
