require "pstore"

store = PStore.new(ENV.fetch("STORE_PATH"))
store.ultra_safe = true
store.transaction { store[:runs] = store.fetch(:runs, 0) + 1 }
puts "stored #{store.transaction(true) { store[:runs] }}"
