-- Which roots are chosen for what the system has; that they are trusted is transfer_tls_spec.lua's.

local certificates = require "spec.support.certificates"
local internals = require "rtk_internals"
local process = require "spec.support.process"

local none = "/nowhere/at/all"

describe("roots: the system's", function()
  it("are its hashed folder, and then no bundle", function()
    local chosen = internals.roots { system_file = certificates.ca_file,
      system_folder = certificates.ca_path }
    assert.same({ folder = certificates.ca_path }, chosen)
  end)

  for what, folder in pairs { ["is not hashed"] = "spec", ["is not there"] = none } do
    it("are its bundle, and no folder, where the folder " .. what, function()
      local chosen = internals.roots { system_file = "bundle", system_folder = folder }
      assert.same({ file = "bundle" }, chosen)
    end)
  end

  it("are nothing where libcurl knows of none", function()
    assert.same({}, internals.roots {})
  end)
end)

describe("roots: a given file", function()
  it("stands beside the hashed folder", function()
    local chosen = internals.roots { system_file = "bundle", system_folder = certificates.ca_path,
      file = "mine.pem" }
    assert.same({ folder = certificates.ca_path, file = "mine.pem" }, chosen)
  end)

  it("and the bundle become one, where there is no hashed folder", function()
    local chosen = internals.roots { system_file = certificates.pem("trusted"),
      system_folder = none, file = certificates.ca_file }
    assert.is_nil(chosen.file)
    assert.is_nil(chosen.folder)
    assert.equal(process.read_file(certificates.pem("trusted")) .. "\n"
      .. process.read_file(certificates.ca_file) .. "\n", chosen.bytes)
  end)

  it("stands alone where the system has none", function()
    assert.same({ file = "mine.pem" }, internals.roots { file = "mine.pem" })
  end)
end)

describe("roots: a given folder", function()
  it("comes before the system's, where a list of folders is understood", function()
    local chosen = internals.roots { system_file = "bundle", system_folder = certificates.ca_path,
      folder = "mine", takes_folder_list = true }
    assert.same({ folder = "mine:" .. certificates.ca_path }, chosen)
  end)

  it("stands beside the bundle where none is", function()
    local chosen = internals.roots { system_file = "bundle", system_folder = certificates.ca_path,
      folder = "mine" }
    assert.same({ folder = "mine", file = "bundle" }, chosen)
  end)

  it("stands beside the bundle where the system's folder is not hashed", function()
    local chosen = internals.roots { system_file = "bundle", system_folder = "spec",
      folder = "mine", takes_folder_list = true }
    assert.same({ folder = "mine", file = "bundle" }, chosen)
  end)
end)
