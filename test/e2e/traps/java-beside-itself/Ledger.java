import java.nio.file.Files;
import java.nio.file.Path;

public class Ledger {
    public static void main(String[] args) throws Exception {
        Path jar = Path.of(Ledger.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path log = jar.resolveSibling("ledger.log");
        Files.writeString(log, "started\n");
        System.out.println("logged " + Files.readAllLines(log).size() + " line");
    }
}
