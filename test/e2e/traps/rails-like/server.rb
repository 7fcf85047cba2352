require "webrick"

File.write("tmp/pids/server.pid", Process.pid)
log = WEBrick::Log.new("log/production.log")
server = WEBrick::HTTPServer.new(Port: 3000, Logger: log, AccessLog: [])
server.mount_proc("/") { |_, response| response.body = "from webrick\n" }
trap("TERM") { server.shutdown }
server.start
