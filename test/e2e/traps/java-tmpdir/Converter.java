import java.nio.file.Files;
import java.nio.file.Path;

public class Converter {
    public static void main(String[] args) throws Exception {
        Path page = Files.createTempFile("page", ".ps");
        System.out.println("spooled in " + page.getParent());
    }
}
