require "json"
require "logger"
require "webrick"

ROOT = __dir__
PIDFILE = File.join(ROOT, "tmp/pids/server.pid")
LOG = Logger.new(File.join(ROOT, "log/production.log"))

File.write(PIDFILE, Process.pid)
at_exit { File.delete(PIDFILE) if File.exist?(PIDFILE) }

quotes = ["Simplicity is prerequisite for reliability.", "Make it work, make it right, make it fast."]

server = WEBrick::HTTPServer.new(Port: 4567, BindAddress: "0.0.0.0", Logger: WEBrick::Log.new($stderr))

server.mount_proc "/" do |req, res|
  LOG.info("#{req.request_method} #{req.path}")
  quotes << req.body if req.request_method == "POST" && req.body
  res.status = req.request_method == "POST" ? 201 : 200
  res.content_type = "application/json"
  res.body = JSON.generate(quote: quotes.sample, count: quotes.size)
end

trap("INT") { server.shutdown }
trap("TERM") { server.shutdown }
server.start
