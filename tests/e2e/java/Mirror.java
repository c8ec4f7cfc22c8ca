import com.sun.tools.attach.VirtualMachine;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Set;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.DynamicMBean;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Has the MBeans of another Java machine under their own names, as long as its standard input is open: an exporter agent
 * of this machine serves what one in the other would. Each read goes to the other machine.
 *
 * <p>Arguments: the other machine's process id, and patterns of object names.
 */
public final class Mirror {
    private Mirror() {}

    private record Reflection(MBeanServerConnection there, ObjectName name) implements DynamicMBean {
        @Override
        public Object getAttribute(String attribute) {
            try {
                return there.getAttribute(name, attribute);
            } catch (Exception error) {
                return null; // it was unregistered there a moment ago
            }
        }

        @Override
        public AttributeList getAttributes(String[] attributes) {
            AttributeList found = new AttributeList();
            try {
                return there.getAttributes(name, attributes);
            } catch (Exception error) {
                // One of them is of a class that this machine does not have: no exporter could make a number of it.
                for (String attribute : attributes) {
                    try {
                        found.add(new Attribute(attribute, there.getAttribute(name, attribute)));
                    } catch (Exception ofThisOne) {
                        continue;
                    }
                }
                return found;
            }
        }

        @Override
        public MBeanInfo getMBeanInfo() {
            try {
                return there.getMBeanInfo(name);
            } catch (Exception error) {
                return new MBeanInfo(Mirror.class.getName(), "gone", null, null, null, null);
            }
        }

        @Override
        public void setAttribute(Attribute attribute) {
            throw new UnsupportedOperationException();
        }

        @Override
        public AttributeList setAttributes(AttributeList attributes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object invoke(String action, Object[] parameters, String[] signature) {
            throw new UnsupportedOperationException();
        }
    }

    private static void follow(MBeanServerConnection there, String[] arguments) throws Exception {
        MBeanServer here = ManagementFactory.getPlatformMBeanServer();
        Set<ObjectName> mirrored = new HashSet<>();
        while (true) {
            Set<ObjectName> wanted = new HashSet<>();
            for (int i = 1; i < arguments.length; i++) {
                wanted.addAll(there.queryNames(new ObjectName(arguments[i]), null));
            }
            for (ObjectName name : wanted) {
                if (mirrored.add(name)) {
                    here.registerMBean(new Reflection(there, name), name);
                }
            }
            for (ObjectName name : Set.copyOf(mirrored)) {
                if (!wanted.contains(name)) {
                    here.unregisterMBean(name);
                    mirrored.remove(name);
                }
            }
            System.out.println("mirrored " + mirrored.size());
            Thread.sleep(500);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Thread owner = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {}
            } catch (java.io.IOException error) {
                // closed: the same end
            }
            Runtime.getRuntime().halt(0);
        });
        owner.setDaemon(true);
        owner.start();
        VirtualMachine machine = VirtualMachine.attach(arguments[0]);
        String address = machine.startLocalManagementAgent();
        machine.detach();
        try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(address))) {
            follow(connector.getMBeanServerConnection(), arguments);
        }
    }
}
