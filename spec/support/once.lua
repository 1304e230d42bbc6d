-- Why a file of tests that have nothing to do with the Lua that runs them, nor with how the library
-- was built, is not to run here; nil in the one run that has them.

if os.getenv("PRELOAD") or os.getenv("SPEC_GC") then
  return { elsewhere = "it is not the library that is tested here" }
elseif _VERSION ~= "Lua 5.4" then
  return { elsewhere = "the same for every Lua: that of lua5.4 is enough" }
end
return {}
