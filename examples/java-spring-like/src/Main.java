import com.sun.net.httpserver.HttpServer;
import java.io.FileReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.FileHandler;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

public class Main {
    private static final Logger log = Logger.getLogger("orders");

    public static void main(String[] args) throws Exception {
        Properties config = new Properties();
        try (FileReader in = new FileReader("application.properties")) {
            config.load(in);
        }

        FileHandler file = new FileHandler(config.getProperty("logging.file"), true);
        file.setFormatter(new SimpleFormatter());
        log.addHandler(file);

        int port = Integer.parseInt(config.getProperty("server.port", "8080"));
        AtomicInteger orders = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.createContext("/", exchange -> {
            boolean post = exchange.getRequestMethod().equals("POST");
            int n = post ? orders.incrementAndGet() : orders.get();
            log.info(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            byte[] body = ("{\"service\":\"" + config.getProperty("server.name") + "\",\"orders\":" + n + "}\n")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(post ? 201 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        log.info("started on port " + port);
    }
}
